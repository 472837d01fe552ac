"""What those who keep the service running need: logs, metrics, doctor, backup."""
