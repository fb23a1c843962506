"""When tickets are told: the working hours of whoever reads them, written into Alertmanager's configuration."""

import re

FORM = re.compile(r"([a-z]+(?::[a-z]+)?) (\d\d:\d\d)-(\d\d:\d\d) ([A-Za-z_]+(?:/[A-Za-z_+-]+)*)")
WRITTEN = re.compile(r'weekdays: \[.*\]\n(\s+)times: \[.*\]\n\s+location: \S+\n')


def with_working_hours(text: str, hours: str) -> str:
    """`hours` as "monday:friday 08:00-18:00 Europe/Paris"; empty: as the file says. Alertmanager checks the names."""
    if not hours:
        return text
    found = FORM.fullmatch(hours)
    if not found:
        raise ValueError(f'VIGIE_WORKING_HOURS is "{hours}", not like "monday:friday 08:00-18:00 Europe/Paris"')
    days, begin, end, zone = found.groups()
    return WRITTEN.sub(lambda match: f'weekdays: [{days}]\n{match[1]}times: [{{start_time: "{begin}", end_time: "{end}"}}]\n'
                                     f'{match[1]}location: {zone}\n', text)
