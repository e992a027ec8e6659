"""with_gateway.py PROGRAM: runs it with the URL of a Pushgateway, then prints what the gateway has of batch_*, times as words."""
import re
import subprocess
import sys
import urllib.request

command = ["/usr/bin/prometheus-pushgateway", "--web.listen-address=127.0.0.1:0", "--persistence.file="]
with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as gateway:
    try:
        said = []
        for line in gateway.stderr:
            said.append(line)
            listens = re.search(r'msg="Listening on" address=(127\.0\.0\.1:\d+)', line)
            if listens:
                break
        else:
            sys.exit("the gateway has ended: " + "".join(said))
        url = "http://" + listens.group(1)
        print(subprocess.run([sys.argv[1], url], stdout=subprocess.PIPE, text=True, timeout=20, check=True).stdout, end="")
        with urllib.request.urlopen(url + "/metrics", timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("batch_"):
                    print(re.sub(r"^(\w+_timestamp_seconds\S* )1\.\d+e\+09$", r"\1(a time)", line))
    finally:
        gateway.kill()
