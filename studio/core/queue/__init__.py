"""The runs that wait for a device, and the lock that one of them holds."""
