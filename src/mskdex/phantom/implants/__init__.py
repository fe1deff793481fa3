"""What surgeons leave in a hip: prostheses, plates and screws, each rigid with the bone it sits in."""
