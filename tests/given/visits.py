"""Browsers of people who are signed in."""

from __future__ import annotations

from django.test import Client

from biaobao.core.actor import Actor
from biaobao.platform import clock


def visiting(actor: Actor) -> Client:
    """Return a browser in which the actor has just signed in."""
    client = Client(HTTP_HOST="localhost")
    session = client.session
    session["person"] = str(actor.person_id)
    session["organisation"] = str(actor.organisation_id)
    session["seen"] = session["began"] = clock.now().timestamp()
    session.save()
    client.cookies["sessionid"] = str(session.session_key)
    return client
