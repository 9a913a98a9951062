"""The style sheet: only what Fusion with our palette does not already do."""

from __future__ import annotations

import resources
from designer.style.tokens import RADIUS, SPACE, Tokens, Type


def sheet(tokens: Tokens) -> str:
    """Qt style sheet text for these tokens."""
    t = tokens
    # Qt reads these from files, in one colour that stands out in light and dark.
    names = ("chevron_down", "dock_close", "dock_float", "scroll_left", "scroll_right")
    arrow, cross, apart, before, behind = (
        (resources.FOLDER / "icons" / f"{name}.svg").as_posix() for name in names
    )
    return f"""
QMainWindow, QDialog {{ background: {t.window}; }}
QMainWindow::separator {{ background: {t.window}; width: {SPACE}px; height: {SPACE}px; }}
QMainWindow::separator:hover {{ background: {t.selection}; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border};
    padding: {SPACE}px {2 * SPACE}px; }}
QMenuBar {{ background: {t.surface}; color: {t.text}; padding: 2px {SPACE}px; }}
QMenuBar::item {{ padding: {SPACE}px {2 * SPACE}px; border-radius: {RADIUS}px; background: transparent; }}
QMenuBar::item:selected {{ background: {t.hover}; }}
QMenu {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; padding: {SPACE}px; }}
QMenu::item {{ padding: {SPACE}px {6 * SPACE}px {SPACE}px {2 * SPACE}px; border-radius: {RADIUS}px; }}
QMenu::item:selected {{ background: {t.selection}; color: {t.text}; }}
QMenu::item:disabled {{ color: {t.link}; }}
QMenu::separator {{ height: 1px; background: {t.border}; margin: {SPACE}px; }}
QMenu::icon {{ padding-left: {2 * SPACE}px; }}
QToolBar {{ background: {t.surface}; border: none; border-bottom: 1px solid {t.border};
    spacing: {SPACE}px; padding: {SPACE}px {2 * SPACE}px; }}
QToolBar::separator {{ background: {t.border}; width: 1px; margin: {SPACE}px {SPACE}px; }}
QToolButton, QPushButton {{ background: transparent; color: {t.text}; border: 1px solid transparent;
    border-radius: {RADIUS}px; padding: {SPACE}px {2 * SPACE}px; }}
QToolButton:hover, QPushButton:hover {{ background: {t.hover}; }}
QToolButton:pressed, QToolButton:checked, QPushButton:pressed {{ background: {t.selection}; }}
QToolButton:focus, QPushButton:focus {{ border-color: {t.accent}; }}
QToolButton:disabled, QPushButton:disabled {{ color: {t.link}; }}
QToolButton::menu-indicator {{ image: none; }}
QPushButton {{ background: {t.raised}; border-color: {t.border}; }}
QPushButton[primary="true"] {{ background: {t.accent}; color: {t.on_accent}; border-color: {t.accent};
    font-weight: 600; }}
QPushButton[primary="true"]:disabled {{ background: {t.hover}; color: {t.link}; border-color: {t.border}; }}
QDockWidget {{ color: {t.text}; font-weight: 600; titlebar-close-icon: url("{cross}");
    titlebar-normal-icon: url("{apart}"); }}
QDockWidget::title {{ background: {t.surface}; padding: {SPACE}px {2 * SPACE}px; text-align: left; }}
QDockWidget > QWidget {{ background: {t.surface}; }}
QTabBar {{ background: {t.window}; qproperty-drawBase: 0; }}
QTabBar::tab {{ background: transparent; color: {t.muted}; padding: {SPACE + 2}px {3 * SPACE}px;
    border: none; border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {t.text}; border-bottom-color: {t.accent}; }}
QTabBar::tab:hover {{ color: {t.text}; }}
QTabBar::scroller {{ width: {5 * SPACE}px; }}
QTabBar QToolButton {{ background: {t.window}; border: none; border-radius: 0; padding: 0; }}
QTabBar QToolButton:hover {{ background: {t.hover}; }}
QTabBar QToolButton::left-arrow {{ image: url("{before}"); width: 14px; height: 14px; }}
QTabBar QToolButton::right-arrow {{ image: url("{behind}"); width: 14px; height: 14px; }}
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit {{ background: {t.raised}; color: {t.text};
    border: 1px solid {t.border}; border-radius: {RADIUS}px; padding: 3px {SPACE}px;
    selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{ border-color: {t.accent}; }}
QLineEdit:disabled, QSpinBox:disabled, QComboBox:disabled {{ background: {t.surface}; color: {t.link}; }}
QLineEdit[problem="true"], QSpinBox[problem="true"], QComboBox[problem="true"] {{ border-color: {t.error}; }}
QComboBox::drop-down {{ border: none; width: {5 * SPACE}px; }}
QComboBox::down-arrow {{ image: url("{arrow}"); width: 12px; height: 12px; }}
QPlainTextEdit {{ border: none; border-radius: 0; }}
QPlainTextEdit[role="words"] {{ background: transparent; border: 1px solid transparent;
    border-radius: {RADIUS}px; padding: 0; }}
QPlainTextEdit[role="words"]:hover {{ border-color: {t.border}; }}
QPlainTextEdit[role="words"]:focus {{ background: {t.raised}; border-color: {t.accent}; }}
QTableView::item {{ padding: 0 {2 * SPACE}px; }}
QTreeView, QTableView, QListView {{ background: {t.surface}; color: {t.text}; border: none; outline: none;
    gridline-color: {t.border}; alternate-background-color: {t.raised}; }}
QComboBox QAbstractItemView, QListView[role="popup"] {{ background: {t.raised}; border: 1px solid {t.border}; }}
QTreeView::item, QListView::item {{ padding: 2px; border-radius: {RADIUS}px; }}
QTreeView::item:hover, QListView::item:hover {{ background: {t.hover}; }}
QTreeView::item:selected, QTableView::item:selected, QListView::item:selected {{
    background: {t.selection}; color: {t.text}; }}
QHeaderView::section {{ background: {t.surface}; color: {t.muted}; border: none;
    border-bottom: 1px solid {t.border}; padding: {SPACE}px {2 * SPACE}px; font-size: {int(Type.SMALL)}px; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 10px; }} QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {t.border}; border-radius: 4px; margin: 1px; min-height: 24px; min-width: 24px; }}
QScrollBar::handle:hover {{ background: {t.link}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
    background: transparent; width: 0; height: 0; }}
QProgressBar {{ background: {t.hover}; border: none; border-radius: 3px; max-height: 6px; color: transparent; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
QSlider::groove:horizontal {{ background: {t.border}; height: 4px; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {t.raised}; border: 1px solid {t.link}; width: 10px;
    margin: -5px 0; border-radius: 6px; }}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{ border-color: {t.accent}; }}
QStatusBar {{ background: {t.surface}; color: {t.muted}; border-top: 1px solid {t.border}; }}
QStatusBar::item {{ border: none; }}
QToolButton[role="toggle"] {{ border-color: {t.border}; }}
QToolButton[role="toggle"]:checked {{ background: {t.selection}; border-color: {t.accent}; }}
QToolButton[role="toggle"]:focus {{ border-color: {t.accent}; }}
QToolButton[role="title"] {{ font-weight: 600; padding: 2px {4 * SPACE}px 2px {SPACE}px; }}
QToolButton[role="title"]::menu-indicator {{ image: url("{arrow}"); width: 12px; height: 12px;
    subcontrol-position: right center; right: 2px; }}
QToolButton[role="bare"] {{ padding: 2px; }}
QWidget[role="panel"] {{ background: {t.surface}; }}
QLabel[role="code"] {{ background: {t.raised}; border: 1px solid {t.border}; border-radius: {RADIUS}px;
    padding: {SPACE}px {2 * SPACE}px; }}
QLineEdit[role="name"] {{ background: transparent; border-color: transparent; font-weight: 600;
    padding-left: {SPACE}px; }}
QLineEdit[role="name"]:hover {{ border-color: {t.border}; }}
QLineEdit[role="name"]:focus {{ background: {t.raised}; border-color: {t.accent}; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="muted"] {{ color: {t.muted}; }}
QLabel[role="small"] {{ color: {t.muted}; font-size: {int(Type.SMALL)}px; }}
QLabel[role="title"] {{ font-size: {int(Type.TITLE)}px; font-weight: 600; }}
QLabel[role="section"] {{ color: {t.muted}; font-size: {int(Type.SMALL)}px; font-weight: 600; }}
QLabel[role="error"] {{ color: {t.error}; }}
QLabel[role="warning"] {{ color: {t.warning}; }}
QFrame[role="card"] {{ background: {t.raised}; border: 1px solid {t.border}; border-radius: {RADIUS}px; }}
QFrame[role="problem"] {{ background: {t.error_surface}; border: none; border-radius: {RADIUS}px; }}
QFrame[role="advice"] {{ background: {t.warning_surface}; border: none; border-radius: {RADIUS}px; }}
QScrollArea {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget {{ background: {t.surface}; }}
QSplitter::handle {{ background: {t.window}; }}
"""
