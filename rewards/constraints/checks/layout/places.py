"""Capitals of Europe by latitude, and the countries of Africa."""

from __future__ import annotations

from typing import Final

CAPITALS: Final = (
    *("Reykjavik", "Helsinki", "Oslo", "Tallinn", "Stockholm", "Riga", "Moscow", "Copenhagen", "Vilnius", "Minsk"),
    *("Dublin", "Berlin", "Amsterdam", "Warsaw", "London", "Brussels", "Kyiv", "Prague", "Luxembourg", "Paris"),
    *("Vienna", "Bratislava", "Budapest", "Vaduz", "Chisinau", "Bern", "Ljubljana", "Zagreb"),
)
"""Those north of 45 degrees, from the northernmost."""

_COUNTRIES = (
    "Algeria; Angola; Benin; Botswana; Burkina Faso; Burundi; Cabo Verde|Cape Verde; Cameroon; "
    "Central African Republic; Chad; Comoros; "
    "Democratic Republic of the Congo|Congo, Democratic Republic of the|DR Congo|DRC|Congo (Kinshasa)|Congo-Kinshasa; "
    "Republic of the Congo|Congo, Republic of the|Congo|Congo (Brazzaville)|Congo-Brazzaville; Djibouti; Egypt; "
    "Equatorial Guinea; Eritrea; Eswatini|Swaziland|Eswatini (Swaziland)|Eswatini (formerly Swaziland); Ethiopia; "
    "Gabon; Gambia|The Gambia; Ghana; Guinea; Guinea-Bissau; Ivory Coast|Cote d'Ivoire|Cote dIvoire; Kenya; "
    "Lesotho; Liberia; Libya; Madagascar; Malawi; Mali; Mauritania; Mauritius; Morocco; Mozambique; Namibia; "
    "Niger; Nigeria; Rwanda; Sao Tome and Principe; Senegal; Seychelles; Sierra Leone; Somalia; South Africa; "
    "South Sudan; Sudan; Tanzania; Togo; Tunisia; Uganda; Zambia; Zimbabwe"
)
AFRICA: Final = tuple(_COUNTRIES.split("; "))
"""The 54 members of the African Union that the United Nations count, other names after bars; without accents."""
