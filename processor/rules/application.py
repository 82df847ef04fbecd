"""State of the application, in another form than the client sends it."""

from processor.pipeline import Change, View, rule

MOST_ACTORS = 100
LONGEST_ACTOR = 100  # characters
_ACCESSIBILITY = {"active": True, "inactive": False, "1": True, "0": False}
_MOST_DIGITS = 20  # of a decimal address


@rule(reads=("Accessibility",), writes=("accessibility",))
def accessibility(crash: View) -> Change:
    """Say whether assistive technology was in use; nothing when the client does not say."""
    text = crash.word("Accessibility")
    if text is None:
        return {}
    value = _ACCESSIBILITY.get(text.lower(), crash.boolean("Accessibility"))
    if value is None:
        crash.note("Accessibility is not Active or Inactive")
        return {}
    return {"accessibility": value}


@rule(reads=("UtilityActorsName",), writes=("utility_actors_name",))
def utility_actors(crash: View) -> Change:
    """List the actors of the utility process, which come separated by commas."""
    text = crash.text("UtilityActorsName")
    if text is None:
        return {}
    actors = [actor.strip()[:LONGEST_ACTOR] for actor in text.split(",", MOST_ACTORS)]
    if len(actors) > MOST_ACTORS:
        crash.note(f"More than {MOST_ACTORS} actors; the rest were dropped")
    return {"utility_actors_name": [actor for actor in actors[:MOST_ACTORS] if actor]}


@rule(reads=("PHCBaseAddress",), writes=("phc_base_address",))
def phc_base_address(crash: View) -> Change:
    """Give the address that the heap checker reports as other addresses are: hexadecimal."""
    text = crash.word("PHCBaseAddress")
    if text is None:
        return {}
    address = _address(text)
    if address is None:
        crash.note("PHCBaseAddress is not an address")
        return {}
    return {"phc_base_address": hex(address)}


def _address(text: str) -> int | None:
    is_decimal = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    try:
        address = int(text) if is_decimal else int(text, 16) if text[:2].lower() == "0x" else -1
    except ValueError:
        return None
    return address if 0 <= address < 2**64 else None
