"""The outside world in small: simulated cameras behind a real RTSP server, and the demo province.

Nothing here imports the product; the product sees these cameras only through the network.
"""
