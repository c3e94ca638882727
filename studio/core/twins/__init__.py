"""What a base model and a method can become together in programs that know neither this one nor its methods."""
