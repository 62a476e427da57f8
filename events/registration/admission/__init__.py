"""How each person stands with the house: whether they will be let in there, apart from their place with us."""
