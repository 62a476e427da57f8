"""What changes organisations, members, sign-ins and tokens; a file for each noun."""
