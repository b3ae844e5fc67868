# A system log for programs that have no other: /dev/log, written to the file that is given.
import os, socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind('/dev/log')
os.chmod('/dev/log', 0o666)
with open(sys.argv[1], 'ab', buffering=0) as file:
    while True:
        file.write(log.recv(8192) + b'\n')
