import time
from datetime import UTC, datetime
from streams import pooled
from streams.messages import *
from tests.faults import hostile
from tests.faults.fiction import pages
pooled.warm(None)
NOON = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
page=next(pages(1))
for n,h in enumerate(hostile.odd_pages(page.html)):
    s=time.process_time()
    try: a=pooled.clean(RawArticle.arrive(h.encode(errors="surrogatepass"),Form.HTML,url=page.url,fetched_at=NOON)); r=a.title[:30],len(a.body)
    except Exception as e: r=repr(e)[:150]
    print(n,round(time.process_time()-s,2),r,flush=True)
