"""The regulations as data: `<region>/<regulation>.yaml`."""
