"""People whom organisers invite: by a list, each with a link of their own."""
