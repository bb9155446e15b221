"""Walls around free code: container, bubblewrap, landlock or plain limits, each tried out before it is believed."""
