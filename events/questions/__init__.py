"""What an event asks of those who register: sections, questions, their wordings, and forms to begin from."""
