"""The pages of the console, one file each: what is asked for, and what the template is handed."""
