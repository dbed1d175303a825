"""Quality of links and of the service: measured by recorders and gateways, judged here."""
