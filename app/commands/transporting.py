"""What the buttons and the bar under the picture move."""

from app.player.playhead import Playhead
from app.views.transport import Transport


def wire(transport: Transport, head: Playhead) -> None:
    """Let the playhead do what is asked for in the transport."""
    transport.toggled.connect(head.toggle)
    transport.stepped.connect(head.step)
    transport.to_start.connect(head.seek_start)
    transport.to_end.connect(head.seek_end)
    transport.drag_began.connect(head.begin_drag)
    transport.dragged.connect(head.seek)
    transport.drag_ended.connect(head.end_drag)
    transport.speed_chosen.connect(head.set_speed)
    transport.loop_toggled.connect(head.set_loop)
    transport.in_asked.connect(head.mark_in)
    transport.out_asked.connect(head.mark_out)
    transport.clear_asked.connect(lambda: head.set_range(None))
