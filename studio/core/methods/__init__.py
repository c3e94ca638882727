"""What a method is, without its arithmetic: its name, its recipe fields with their ranges, its adapters' files."""
