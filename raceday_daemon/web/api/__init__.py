"""The JSON API: each question declared once, which is what refuses, answers and describes it."""
