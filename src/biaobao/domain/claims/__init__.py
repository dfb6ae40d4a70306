"""What a letter is for: a beneficiary demands, a guarantor examines, pays or refuses, and recovers."""
