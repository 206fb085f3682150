"""Feeds of invented outlets in each dialect, shaped as programs write them: two entries that any test can rely on."""

TITLES = ("Ferry runs aground off Warrick", "Mill bridge opens to carts again")
LINKS = ("https://kestrel.example/ferry", "https://kestrel.example/bridge")

RSS_091 = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
 "http://my.netscape.com/publish/formats/rss-0.91.dtd">
<rss version="0.91"><channel><title>Kestrel Post</title><link>https://kestrel.example/</link><language>en</language>
<item><title>{TITLES[0]}</title><link>{LINKS[0]}</link><description>Nobody was hurt.</description></item>
<item><title>{TITLES[1]}</title><link>{LINKS[1]}</link></item></channel></rss>"""

RSS_10 = f"""<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://kestrel.example/"><title>Kestrel Post</title>
<items><rdf:Seq><rdf:li rdf:resource="{LINKS[0]}"/></rdf:Seq></items></channel>
<item rdf:about="{LINKS[0]}"><title>{TITLES[0]}</title><link>{LINKS[0]}</link>
<dc:date>2026-11-30T08:00:00+01:00</dc:date><dc:creator>Dana Holm</dc:creator></item>
<item rdf:about="{LINKS[1]}"><title>{TITLES[1]}</title><link>{LINKS[1]}</link></item></rdf:RDF>"""

RSS_20 = f"""<?xml version="1.0" encoding="UTF-8"?><?xml-stylesheet type="text/xsl" href="/feed.xsl"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:georss="http://www.georss.org/georss"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>Kestrel Post</title><link>https://kestrel.example/</link><ttl>30</ttl><image><title>Logo</title>
<url>https://kestrel.example/logo.png</url></image>
<item><title><![CDATA[{TITLES[0]}]]></title><link>{LINKS[0]}</link><guid isPermaLink="false">k-1</guid>
<pubDate>Mon, 30 Nov 2026 08:00:00 +0100</pubDate><dc:creator><![CDATA[Dana Holm]]></dc:creator>
<georss:point>54.1 -2.2</georss:point><media:content url="https://kestrel.example/1.jpg"><media:title>Ferry</media:title>
</media:content><content:encoded><![CDATA[<p>Nobody &amp; nothing was hurt.</p>]]></content:encoded></item>
<!-- <item><title>left out</title></item> -->
<item><title>{TITLES[1]}</title><link>{LINKS[1]}</link><guid isPermaLink="false">k-2</guid>
<description>&lt;p&gt;After two weeks.&lt;/p&gt;</description></item></channel></rss>"""

ATOM = f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<title type="html">Kestrel Post</title><id>tag:kestrel,2026:f</id>
<updated>2026-11-30T08:00:00Z</updated><entry><title>{TITLES[0]}</title><link rel="alternate" href="{LINKS[0]}"/>
<id>tag:kestrel,2026:1</id><published>2026-11-30T08:00:00Z</published><author><name>Dana Holm</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Nobody was hurt.</p></div></content></entry>
<entry><title type="html">{TITLES[1]}</title><link href="{LINKS[1]}"/><id>tag:kestrel,2026:2</id>
<summary type="html">&lt;p&gt;After two weeks.&lt;/p&gt;</summary></entry></feed>"""

JSON_FEED = f"""{{"version": "https://jsonfeed.org/version/1.1", "title": "Kestrel Post", "language": "en",
 "home_page_url": "https://kestrel.example/", "items": [
 {{"id": "k-1", "url": "{LINKS[0]}", "title": "{TITLES[0]}", "content_html": "<p>Nobody was hurt.</p>",
   "date_published": "2026-11-30T08:00:00Z", "authors": [{{"name": "Dana Holm"}}], "tags": ["ferry"]}},
 {{"id": 2, "url": "{LINKS[1]}", "title": "{TITLES[1]}", "content_text": "After two weeks."}}]}}"""

XML = {"RSS 0.91": RSS_091, "RSS 1.0": RSS_10, "RSS 2.0": RSS_20, "Atom": ATOM}
ALL = {**XML, "JSON Feed": JSON_FEED}
