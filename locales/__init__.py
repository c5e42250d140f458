"""The texts of portal and platform (``{language}/messages.json``), and what is made of them for looking at layouts."""
