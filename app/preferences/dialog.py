"""The preferences: pages on the left, what they hold on the right. Beside the window, never over it."""

from PySide6.QtWidgets import QHBoxLayout, QListWidget, QStackedWidget, QWidget

from app.views.icons import icon
from app.views.sheet import Sheet


class PreferencesDialog(Sheet):
    """Shows pages; each of them puts its changes into effect itself."""

    def __init__(self, pages: dict[str, tuple[str, QWidget]], parent: QWidget | None = None) -> None:
        """pages: (icon, page) by title, in their order."""
        super().__init__("Preferences", "", parent, width=860)
        row = QHBoxLayout()
        row.setSpacing(18)
        self.list = QListWidget()
        self.list.setAccessibleName("Pages")
        self.list.setFixedWidth(170)
        self.list.ensurePolished()  # else the rows are as low as those of another look
        self._stack = QStackedWidget()
        self._titles = list(pages)
        for title, (symbol, page) in pages.items():
            self.list.addItem(title)
            self.list.item(self.list.count() - 1).setIcon(icon(symbol, "muted"))
            self._stack.addWidget(page)
        self.list.currentRowChanged.connect(self._stack.setCurrentIndex)
        row.addWidget(self.list)
        row.addWidget(self._stack, 1)
        self.body.addLayout(row, 1)
        self._stack.setMinimumHeight(440)
        self.add_buttons("Close", "").setAutoDefault(False)
        self.list.setCurrentRow(0)

    def show_page(self, title: str) -> None:
        """Bring a page to the front."""
        self.list.setCurrentRow(self._titles.index(title))
