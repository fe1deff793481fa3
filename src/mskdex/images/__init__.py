"""The only door for files: radiographs, label volumes and CTs come in here, checked, or are refused with a reason."""
