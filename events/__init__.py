"""Sideline: events and side events, their registrations, calendars and doors.

kernel        words everybody uses: time, codes, refusals, texts (pure)
infra         adapters to the world: databases, SMTP, iCalendar, QR, spreadsheets
web           the HTTP toolkit: templates, languages, what was posted, answers kept in memory
activity      who did what to what, when
outbox        mail that will be sent
accounts      organisations, members, roles, sign-in, API tokens
programme     events of every kind, partners, venues, publishing
questions     what a registration form asks, its wordings and templates
registration  sign-up, places, waiting list, tickets
calendar      .ics of one event, feeds
checkin       doors and scans
announcements reminders and messages to those who are registered
reports       where organisers work: the workspace, lists and exports
imports       calendars and tables that become events
app           puts the slices together; the only module that knows them all
"""
