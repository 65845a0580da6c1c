"""Language models behind one seam: base.py (the protocol), openai.py, failover.py and embedded/ (no model at all)."""
