"""Where results, progress and remarks are printed: nothing printed here commands the terminal."""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from socorro.visible import visible


class SafeConsole(Console):
    """A console whose texts may come from outside; its own colours and movements stay."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render; control characters of texts become visible ones."""
        for segment in super().render(renderable, options):
            text = segment.text if segment.control else visible(segment.text, lines=True)
            yield segment if text is segment.text else Segment(text, segment.style)
