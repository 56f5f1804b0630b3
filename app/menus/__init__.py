"""The menus on the picture and on the timeline."""
