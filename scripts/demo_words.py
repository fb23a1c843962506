"""The words that the demo data is made of."""

from typing import NamedTuple


class City(NamedTuple):
    name: str
    latitude: float
    longitude: float
    time_zone: str
    currency: str


CITIES = (
    City("Lyon", 45.764, 4.8357, "Europe/Paris", "EUR"),
    City("Paris", 48.8566, 2.3522, "Europe/Paris", "EUR"),
    City("Nantes", 47.2184, -1.5536, "Europe/Paris", "EUR"),
    City("Marseille", 43.2965, 5.3698, "Europe/Paris", "EUR"),
    City("Berlin", 52.52, 13.405, "Europe/Berlin", "EUR"),
    City("Hamburg", 53.5511, 9.9937, "Europe/Berlin", "EUR"),
    City("Leipzig", 51.3397, 12.3731, "Europe/Berlin", "EUR"),
    City("Zürich", 47.3769, 8.5417, "Europe/Zurich", "CHF"),
    City("Wien", 48.2082, 16.3738, "Europe/Vienna", "EUR"),
    City("London", 51.5074, -0.1278, "Europe/London", "GBP"),
    City("Lisboa", 38.7223, -9.1393, "Europe/Lisbon", "EUR"),
    City("Montréal", 45.5019, -73.5674, "America/Toronto", "CAD"),
    City("New York", 40.7128, -74.006, "America/New_York", "USD"),
    City("Tokyo", 35.6762, 139.6503, "Asia/Tokyo", "JPY"),
)

# category -> what its events are called
CATEGORIES = {
    "concert": ("Jazz Night", "String Quartet", "Choir Concert", "Organ Recital"),
    "theatre": ("Play", "Premiere", "Puppet Show", "Stage Reading"),
    "cinema": ("Film Night", "Documentary Screening", "Silent Film"),
    "sport": ("Marathon", "Regatta", "Chess Tournament", "Climbing Cup"),
    "conference": ("Conference", "Symposium", "Congress"),
    "workshop": ("Pottery Workshop", "Printing Workshop", "Coding Workshop"),
    "exhibition": ("Photo Exhibition", "Vernissage", "Sculpture Show"),
    "market": ("Flea Market", "Book Market", "Winter Market"),
    "festival": ("Street Festival", "Light Festival", "Folk Festival"),
    "food": ("Tasting", "Cooking Class", "Harvest Dinner"),
    "family": ("Story Hour", "Kite Day", "Planetarium Visit"),
    "meetup": ("Meetup", "Language Exchange", "Repair Café"),
}

TAGS = (
    "accessible", "afternoon", "award", "beginners", "bilingual", "charity", "children", "classical", "community", "dance",
    "debate", "evening", "experimental", "free", "history", "indoor", "jazz", "late", "local", "members", "nature", "new",
    "open-air", "outdoor", "premiere", "science", "seated", "students", "weekend", "women",
)

ADJECTIVES = ("Annual", "Autumn", "Bright", "Grand", "Little", "Midnight", "Northern", "Open", "Quiet", "Second", "Spring",
              "Summer", "Wandering", "Winter")
OPENINGS = (
    "An evening for everyone who is curious.",
    "The doors open thirty minutes before the start.",
    "Once a year, and worth the journey.",
    "For beginners and for those who have been coming for years.",
    "A small programme with room for questions.",
)
DETAILS = (
    "Please bring your ticket on paper or on your telephone.",
    "Drinks are sold at the bar; the house is accessible to wheelchairs.",
    "In case of rain we meet in the hall next door.",
    "Children under twelve come in free with an adult.",
    "The number of places is limited, and latecomers wait for the break.",
)
VENUES = ("Old Theatre", "Town Hall", "Harbour Shed", "Botanical Garden", "Library", "Music School", "Market Hall", "Arena")
STREETS = ("Station Road", "Church Street", "Mill Lane", "Harbour Street", "Garden Way", "Market Square")

ORGANISERS = (
    "Ada Keller", "Bruno Lefevre", "Clara Brandt", "David Moreau", "Elena Rossi", "Felix Wagner", "Gaelle Petit",
    "Hugo Martin", "Ines Costa", "Jonas Weber", "Karla Novak", "Leo Dubois", "Mira Schmidt", "Noah Bernard", "Olga Winter",
    "Paul Girard", "Quentin Roche",
)
USERS = (
    "Rosa Vidal", "Simon Frank", "Tilda Berg", "Ulrich Sommer", "Vera Lang", "William Reed", "Xenia Popov", "Yann Carre",
    "Zoe Lambert", "Anton Huber", "Beatrice Faure",
)
