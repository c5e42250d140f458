"""The portal. ``python app.py`` runs everything it needs; a WSGI server imports ``server``.

gunicorn app:server
"""

from __future__ import annotations

import sys

from portal.settings import PortalSettings

if __name__ == "__main__":
    from launcher.main import main

    sys.exit(main(sys.argv[1:], check=PortalSettings.from_env))
else:
    from portal.factory import from_env

    server = from_env()
