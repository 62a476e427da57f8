"""Signing in, and who may; a file for each noun."""

from events.accounts.pages.accent import accent
from events.accounts.pages.account import AccountPages
from events.accounts.pages.members import MemberPages
from events.accounts.pages.sign_in import SignInPages
from events.accounts.pages.tokens import TokenPages

ROUTES = [SignInPages, AccountPages, MemberPages, TokenPages, accent]
