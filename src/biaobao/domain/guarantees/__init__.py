"""The second way: letters that guarantors issue for bidders."""
