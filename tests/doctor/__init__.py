"""`socorro doctor`: each check sees its fault, and changes nothing."""
