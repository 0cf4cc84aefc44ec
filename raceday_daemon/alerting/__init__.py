"""What people asked to be told: rules, what they measure, when they begin and end, and how it is said."""
