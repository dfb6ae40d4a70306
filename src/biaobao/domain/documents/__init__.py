"""Documents that prove themselves: kept by their hash, sealed until the opening, with who signed them."""
