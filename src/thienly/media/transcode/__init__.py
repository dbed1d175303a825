"""Pictures and sound for browsers that cannot play what a camera sends: a process of its own, on the bus.

It hears only what gateways have asked for after the gate and history; it serves nobody else.
"""
