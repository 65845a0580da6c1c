"""Products in XML are found and read whatever the feed; hostile files are refused with a sentence, and cheaply."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import UnreadableFile
from ingestion.records import Limits, Record, Rejected
from ingestion.xml_records import read

PRODUCT = "<product><name>Lamp</name><price>5</price></product>"


class Reading:
    """What a file gave."""

    def __init__(self, path: Path, content: str | bytes, limits: Limits | None = None) -> None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        (table,) = read(path, limits or Limits())
        self.titles = table.titles
        entries = list(table.records)
        self.records = [one for one in entries if isinstance(one, Record)]
        self.rejected = [one for one in entries if isinstance(one, Rejected)]

    @property
    def members(self) -> Sequence[dict[str, object]]:
        return [dict(one.members) for one in self.records]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize(
    "content",
    [
        f"<products>{PRODUCT}{PRODUCT}</products>",
        f"\n\n<?xml version='1.0'?>\n<s><name>Mine</name><at><road>x</road><town>y</town></at><l>{PRODUCT * 2}</l></s>",
        f"<c>{PRODUCT}<group><deep>{PRODUCT}</deep></group></c>",
        f'<p:products xmlns:p="urn:x">{PRODUCT}{PRODUCT.replace("product", "p:product")}</p:products>',
        '<c><product name="Lamp" price="5"/><product name="Lamp" price="5"/></c>',
        "<c><lamp><name>Lamp</name><price>5</price></lamp><light><name>Lamp</name><price>5</price></light></c>",
    ],
)
def test_elements_with_a_name_and_a_price_are_products_wherever_they_stand(path: Path, content: str) -> None:
    reading = Reading(path, content)
    assert reading.members == [{"name": "Lamp", "price": "5"}] * 2
    assert [one.number for one in reading.records] == [1, 2]
    assert reading.titles == ("name", "price")


def test_a_single_product_may_be_the_whole_file(path: Path) -> None:
    assert Reading(path, PRODUCT).members == [{"name": "Lamp", "price": "5"}]


def test_elements_of_the_products_name_elsewhere_are_none(path: Path) -> None:
    content = f"<c><currencies><product code='x' rate='1'/></currencies><products>{PRODUCT * 2}</products></c>"
    assert len(Reading(path, content).records) == 2


def test_a_named_group_is_the_section_of_its_products(path: Path) -> None:
    content = (
        f"<c><category name='Light'>{PRODUCT}<category><name>Desks</name>{PRODUCT}</category></category>{PRODUCT}</c>"
    )
    assert [one.section for one in Reading(path, content).records] == ["Light", "Light > Desks", ""]


def test_attributes_repeated_and_nested_elements_keep_what_they_say(path: Path) -> None:
    content = """<c><item id="1" xsi:type="x" xmlns:xsi="urn:i">
    <name xml:lang="de">Lampe</name><name xml:lang="en">Lamp</name>
    <price currency="EUR">5.00</price><weight unit="kg">1.4</weight><category id="7">Light</category>
    <color>red</color><color>blue</color><empty/><blank> </blank>
    <images><image>a</image><image>b</image></images><features><feature>warm</feature></features>
    <param name="Watts">9</param><param name="Name">E27</param>
    <attribute><name>Base</name><value>round</value></attribute>
    <specifications><length>2 m</length></specifications>
    <shipping><country>DE</country><price>4</price></shipping><stock available="yes"/>
    <description><p>One &amp; <b>two</b></p><ul><li>three</li></ul></description></item></c>"""
    assert Reading(path, content).members == [
        {
            "id": "1",
            "name": "Lampe",
            "name en": "Lamp",
            "price": "5.00",
            "currency": "EUR",
            "weight": "1.4 kg",
            "category": "Light",
            "category id": "7",
            "color": ["red", "blue"],
            "images": ["a", "b"],
            "features": ["warm"],
            "specifications": {"length": "2 m", "Watts": "9", "Name": "E27", "Base": "round"},
            "shipping": {"country": "DE", "price": "4"},
            "stock available": "yes",
            "description": "One & two\n- three",
        }
    ]


def test_lists_of_named_values_keep_the_names_whatever_their_elements_are_called(path: Path) -> None:
    content = """<offers><o id="1" price="1.00"><name>N</name><attrs><a name="Maker">P</a><a name="EAN">1</a></attrs>
    <pics><pic kind="big">u</pic><pic kind="small">v</pic></pics></o></offers>"""
    assert Reading(path, content).members == [
        {
            "id": "1",
            "price": "1.00",
            "name": "N",
            "attrs": {"Maker": "P", "EAN": "1"},
            "pics": {"pic": ["u", "v"], "pic kind": ["big", "small"]},
        }
    ]


def test_of_a_google_feed_the_prefixed_elements_count(path: Path) -> None:
    content = """<rss version="2.0"><channel><title>Shop</title><item><title>Long title</title><g:title>Tent</g:title>
    <link>https://a/1</link><g:id>T1</g:id><guid>x</guid><pubDate>y</pubDate><g:price>5 EUR</g:price>
    <g:product_type>Tents</g:product_type><g:google_product_category>1013</g:google_product_category>
    <g:additional_image_link>b</g:additional_image_link><g:additional_image_link>c</g:additional_image_link>
    <description>&lt;p&gt;x&lt;/p&gt;</description></item></channel></rss>"""
    assert Reading(path, content).members == [
        {
            "title": "Tent",
            "link": "https://a/1",
            "id": "T1",
            "price": "5 EUR",
            "product_type": "Tents",
            "google_product_category": "1013",
            "additional_image_link": ["b", "c"],
            "description": "<p>x</p>",
        }
    ]


def test_of_an_atom_feed_the_link_is_an_address_and_the_entrys_own_dates_are_left_out(path: Path) -> None:
    content = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>
    <entry><title>Tent</title><link rel="alternate" href="https://a/1"/><link rel="self" href="https://a/s"/>
    <id>tag:a</id><updated>2026</updated><summary>Small</summary><g:id>T1</g:id><g:price>5 EUR</g:price></entry>
    </feed>"""
    assert Reading(path, content).members == [
        {"title": "Tent", "id": "T1", "price": "5 EUR", "description": "Small", "link": "https://a/1"}
    ]


def test_of_yml_the_categories_are_named_and_models_put_together(path: Path) -> None:
    content = """<!DOCTYPE yml_catalog SYSTEM "shops.dtd">
    <yml_catalog><shop><categories><category id="1">Чайники</category>
    </categories><offers><offer id="9" type="vendor.model" available="false"><price>10</price><oldprice>12</oldprice>
    <currencyId>RUR</currencyId><categoryId>1</categoryId><typePrefix>Чайник</typePrefix><vendor>Acme</vendor>
    <model>X</model><param name="Объём" unit="л">2</param></offer></offers></shop></yml_catalog>"""
    assert Reading(path, content.encode("utf-16")).members == [
        {
            "id": "9",
            "price": "10",
            "typePrefix": "Чайник",
            "vendor": "Acme",
            "model": "X",
            "specifications": {"Объём": "2 л", "regular price": "12"},
            "category": "Чайники",
            "currency": "RUB",
            "name": "Чайник Acme X",
            "availability": "false",
        }
    ]


def test_of_bmecat_the_details_features_and_the_customers_price_are_taken(path: Path) -> None:
    content = """<BMECAT><HEADER><CATALOG><LANGUAGE>deu</LANGUAGE><CATALOG_ID>1</CATALOG_ID></CATALOG></HEADER>
    <T_NEW_CATALOG><ARTICLE mode="new"><SUPPLIER_AID>A1</SUPPLIER_AID><ARTICLE_DETAILS>
    <DESCRIPTION_SHORT>Lampe</DESCRIPTION_SHORT><DESCRIPTION_LONG>Hell</DESCRIPTION_LONG><EAN>40</EAN>
    <MANUFACTURER_NAME>Acme</MANUFACTURER_NAME></ARTICLE_DETAILS><ARTICLE_FEATURES><FEATURE><FNAME>Länge</FNAME>
    <FVALUE>2</FVALUE><FUNIT>m</FUNIT></FEATURE></ARTICLE_FEATURES><ARTICLE_PRICE_DETAILS>
    <ARTICLE_PRICE price_type="net_customer"><PRICE_AMOUNT>3</PRICE_AMOUNT></ARTICLE_PRICE>
    <ARTICLE_PRICE price_type="gros_list"><PRICE_AMOUNT>5.50</PRICE_AMOUNT><PRICE_CURRENCY>EUR</PRICE_CURRENCY>
    </ARTICLE_PRICE></ARTICLE_PRICE_DETAILS><MIME_INFO><MIME><MIME_SOURCE>a.jpg</MIME_SOURCE></MIME></MIME_INFO>
    </ARTICLE></T_NEW_CATALOG></BMECAT>"""
    assert Reading(path, content).members == [
        {
            "id": "A1",
            "name": "Lampe",
            "description": "Hell",
            "manufacturer": "Acme",
            "price": "5.50",
            "currency": "EUR",
            "images": ["a.jpg"],
            "specifications": {"EAN": "40", "Länge": "2 m", "price_type": "gros_list"},
        }
    ]


def test_a_group_that_comes_late_gives_its_products_too(path: Path) -> None:
    many = PRODUCT.replace("5", "5" + " " * 500) * 12_000
    late = "<late><product><name>Last</name><price>1</price></product></late>"
    assert Reading(path, f"<c>{many}{late}</c>").members[-1] == {"name": "Last", "price": "1"}


def test_a_price_one_level_below_is_the_products(path: Path) -> None:
    one = "<p><name>Lamp</name><prices><price>5</price><tax>19</tax></prices></p>"
    assert Reading(path, f"<c>{one * 2}</c>").members[0] == {"name": "Lamp", "price": "5", "prices": {"tax": "19"}}


@pytest.mark.parametrize(
    ("declared", "real"),
    [
        ("windows-1251", "cp1251"),
        ("utf-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("utf-16", "utf-16-be"),
        ("windows-1251", "utf-8"),
        ("no-such", "utf-8"),
        ("utf-8", "cp1251"),
    ],
)
def test_the_encoding_is_the_declared_one_unless_that_is_wrong(path: Path, declared: str, real: str) -> None:
    name = "Чайник эмалированный, белый"
    content = f"<?xml version='1.0' encoding='{declared}'?>\n<c><p><name>{name}</name><price>1</price></p></c>"
    assert Reading(path, content.encode(real)).members == [{"name": name, "price": "1"}]


def test_entities_of_html_are_characters_without_any_declaration(path: Path) -> None:
    content = "<c><p><name>A&nbsp;B &eacute; &unheard;</name><price>1</price></p></c>"
    assert Reading(path, content).members[0]["name"] == "A\u00a0B é &unheard;"


def test_a_product_beyond_a_limit_is_rejected_and_the_rest_read(path: Path) -> None:
    long = "<product><name>Lamp</name><price>5</price><text>" + "x" * 11 + "</text></product>"
    wide = "<product>" + "".join(f"<a{number}>1</a{number}>" for number in range(6)) + "</product>"
    many = "<product><name>Lamp</name><price>5</price>" + "<c>1</c>" * 20_001 + "</product>"
    reading = Reading(path, f"<c>{PRODUCT}{long}{wide}{many}{PRODUCT}</c>", Limits(cell_chars=10, columns=5))
    assert [one.number for one in reading.records] == [1, 5]
    assert [one.reason for one in reading.rejected] == [
        "a text of more than 10 characters",
        "more than 5 members",
        "more than 20,000 elements within one product",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>', "entities of its own"),
        ('<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/hostname">]><l>&a;</l>', "entities of its own"),
        ('<!DOCTYPE l [<!ENTITY % a SYSTEM "file:///etc/hostname"> %a;]><l/>', "entities of its own"),
        ("<a>" * 10_000, "deeper than 100 levels"),
        ("<c><p " + " ".join(f'a{number}="1"' for number in range(50_000)) + "/></c>", "more than 2,000 attributes"),
        ("<c>" + "".join(f"<a{number}/>" for number in range(30_000)) + "</c>", "different names"),
        ('<c><p x="' + "y" * 20_000_000 + '"/></c>', "single tag or comment"),
        ("<c><!--" + "y" * 20_000_000 + "--></c>", "single tag or comment"),
        ("<c>\n<p></q></c>", "an end tag that does not fit at line 2"),
        ("<c><p><name>Lamp</name>", "it breaks off at line 1, column 24"),
        ('<?xml version="1.0"?><c><p></q></c>', "at line 1, column 30"),
        ("<c><p x='1' x='2'/></c>", "an attribute that stands twice"),
        ("<c/><d/>", "more behind its end"),
        ("no xml at all", "no valid XML"),
        ("<config><a>1</a><b>2</b></config>", "no products"),
        ("<c/>", "no products"),
    ],
)
@pytest.mark.timeout(20)
def test_hostile_and_broken_files_are_refused_with_a_sentence(path: Path, content: str, sentence: str) -> None:
    with pytest.raises(UnreadableFile, match=sentence):
        Reading(path, content)


def test_a_document_type_from_outside_is_not_opened(path: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text('<!ENTITY a "told">')
    content = f'<!DOCTYPE c SYSTEM "{tmp_path}/secret"><c><p><name>x&a;</name><price>1</price></p></c>'
    assert Reading(path, content).members[0]["name"] == "x&a;"


@pytest.mark.timeout(60)
def test_a_text_of_a_hundred_megabytes_is_a_rejected_product(path: Path) -> None:
    reading = Reading(path, b"<c><p><name>x</name><price>1</price><d>" + b"y" * 100_000_000 + b"</d></p></c>")
    assert [one.reason for one in reading.rejected] == ["a text of more than 131,072 characters"]


TEXTS = st.text(st.sampled_from("ab <>&;é\u0434"), max_size=6)


@given(
    st.lists(st.tuples(st.sampled_from(["name", "price", "g:name", "x", "param"]), TEXTS), max_size=6),
    st.integers(0, 60),
)
def test_any_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[str, str]], cut: int
) -> None:
    content = f"<c><p>{''.join(f'<{name}>{text}</{name}>' for name, text in parts)}</p></c>"
    with suppress(UnreadableFile):
        Reading(tmp_path_factory.mktemp("xml") / "file", content[: cut or None])
