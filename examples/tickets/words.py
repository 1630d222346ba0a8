"""What support tickets are made of: product lines with their things, topics with what goes wrong, and how people write.

All of it is invented. A queue is a product line and a topic: eight lines times five topics are forty queues.
"""

LINES: dict[str, tuple[str, ...]] = {
    "router": ("router", "mesh node", "wifi box", "access point", "fibre modem", "repeater"),
    "phone": ("handset", "sim card", "esim", "mobile plan", "phone", "roaming pass"),
    "camera": ("doorbell camera", "indoor camera", "camera", "video doorbell", "recorder", "motion camera"),
    "thermostat": ("thermostat", "radiator valve", "heating hub", "room sensor", "boiler link", "valve head"),
    "tv": ("tv box", "streaming stick", "set-top box", "channel pack", "remote", "tv recorder"),
    "laptop": ("laptop", "notebook", "docking station", "charger", "keyboard cover", "display"),
    "watch": ("watch", "fitness band", "watch strap", "step tracker", "pulse sensor", "smart ring"),
    "speaker": ("speaker", "soundbar", "subwoofer", "voice assistant", "earbuds", "headphones"),
}
"""What each product line sells."""

ADDED: dict[str, tuple[str, ...]] = {
    "heatpump": ("heat pump", "outdoor unit", "compressor", "buffer tank", "flow heater", "defrost kit"),
    "wallbox": ("wallbox", "charging cable", "car charger", "charging card", "load manager", "type two plug"),
}
"""Product lines that may be added one day."""

TOPICS: dict[str, tuple[str, ...]] = {
    "billing": (
        "I was charged twice for the {thing}", "the invoice for my {thing} shows {amount} euros too much",
        "why does the bill still list the {thing} I gave up", "the direct debit for the {thing} bounced",
        "please correct the price of the {thing} on the invoice", "the discount on the {thing} is missing from my bill",
        "my card was debited {amount} euros for a {thing} I never ordered",
        "the monthly fee for the {thing} went up without notice",
        "I need an invoice with the company name for the {thing}", "the payment for the {thing} is shown as overdue",
    ),
    "returns": (
        "I want to send the {thing} back and get my money", "the {thing} came damaged, how do I return it",
        "please send me a return label for the {thing}", "I posted the {thing} back and heard nothing since",
        "the {thing} is not what I ordered, please exchange it", "can I still return the {thing} after {days} days",
        "the courier refused to take the {thing} back", "I would like to swap the {thing} for the larger one",
        "the return of my {thing} was rejected, and I do not see why", "wrong {thing} in the parcel, I want to exchange it",
    ),
    "setup": (
        "how do I connect the {thing} for the first time", "the app does not find the new {thing}",
        "installing the {thing} stops at step {step}", "pairing the {thing} fails each time I try",
        "which cable goes where on the {thing}", "the guide for the {thing} does not match the screens I see",
        "I cannot finish the setup of the {thing}", "the {thing} asks for a code that is nowhere on the box",
        "setting up a second {thing} removes the first one", "the wizard for the {thing} hangs at {percent} percent",
    ),
    "outage": (
        "the {thing} stopped working this morning", "the {thing} keeps dropping out every {minutes} minutes",
        "no light on the {thing} any more", "the {thing} has been dead since the storm",
        "the {thing} reboots all the time", "nothing comes through the {thing} since last night",
        "the {thing} freezes and has to be switched off", "the {thing} shows error {code} and does nothing",
        "the {thing} goes offline whenever it rains", "the {thing} is down again, the third time this week",
    ),
    "account": (
        "I cannot sign in to manage my {thing}", "please move the {thing} to my wife's name",
        "the password reset for the {thing} never arrives", "close the account that the {thing} belongs to",
        "somebody else seems to use my {thing} login", "change the address on file for the {thing}",
        "two factor codes for the {thing} go to my old number", "I want to merge the logins of two {thing} contracts",
        "the portal says my {thing} is registered to a stranger", "delete all data you hold on me and the {thing}",
    ),
}
"""What people write about, by topic."""

CONTEXTS = (
    "my customer number is {number}", "the order was {number}", "we bought it in {month}", "I live in {town}",
    "this is for our office in {town}", "my neighbour has the same trouble", "it worked fine until {month}",
    "I already called on {weekday}", "the chat sent me to this form", "I have attached two pictures",
    "my mother asked me to write", "we moved to {town} in {month}", "the shop in {town} could not help",
    "ticket {number} was closed without an answer", "I am writing from my phone", "the serial ends in {number}",
    "we are a family of five", "I have been a customer since {month}", "it is still under warranty",
    "the technician came on {weekday}",
)
FEELINGS = (
    "this is getting tiresome", "I am rather annoyed", "it is not that urgent", "please be quick", "I am at a loss",
    "I would be glad of any hint", "otherwise I am very happy with you", "I expected better", "this costs me a day of work",
    "no hurry", "I have tried everything I can think of", "I nearly gave up", "it is the second time this year",
    "my patience is running out", "I hope you can help", "thanks for looking into it", "I need this solved by {weekday}",
)
CLOSINGS = (
    "Thanks", "Kind regards", "Best", "Many thanks in advance", "Cheers", "Yours", "Thank you", "Regards", "Bye", "Please call me back",
)
NAMES = (
    "Ada", "Ben", "Carla", "Dilek", "Emil", "Fatou", "Goran", "Hanna", "Igor", "Jana", "Karim", "Lotte", "Milan", "Nora",
    "Otto", "Priya", "Quirin", "Rosa", "Sven", "Tilda", "Uwe", "Vera", "Wim", "Xenia", "Yusuf", "Zofia",
)
TOWNS = (
    "Lindau", "Emden", "Görlitz", "Celle", "Passau", "Husum", "Trier", "Jena", "Aalen", "Stade", "Worms", "Plauen", "Minden",
    "Kleve", "Bautzen", "Landshut",
)
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
CHANNELS = ("mail", "chat", "form", "phone")
