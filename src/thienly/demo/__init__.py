"""The demo: the real installation with a made-up province and simulated cameras."""
