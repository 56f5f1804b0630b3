"""What a comparison becomes on disk: a video, pictures, a table and a page. No Qt."""
