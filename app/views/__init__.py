"""What a person sees: the frame, the transport, the legend, banners. Views hold no video logic."""
