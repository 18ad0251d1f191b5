#!/usr/bin/env python3
"""The CMSIS-SVD file against the contract: svd_check.py FILE.svd INTERFACE.json PLATFORM.json"""
import json
import sys
import xml.etree.ElementTree as xml

root = xml.parse(sys.argv[1]).getroot()
interface = json.load(open(sys.argv[2]))
platform = json.load(open(sys.argv[3]))
ACCESS = {"read-only": "ro", "write-only": "wo", "read-write": "rw"}
constants = {entry["name"]: entry["value"] for entry in platform["dma"]}


def text(node, name):
    found = node.find(name)
    assert found is not None and found.text, f"{node.tag} without {name}"
    return found.text


def registers(node, begin):
    """Address, name, access, description and fields of every register."""
    for register in node.findall("register"):
        fields = [(text(f, "name"), int(text(f, "bitOffset")), int(text(f, "bitWidth"))) for f in register.iter("field")]
        yield (begin + int(text(register, "addressOffset"), 0), text(register, "name"), ACCESS[text(register, "access")],
               text(register, "description"), fields)
    for cluster in node.findall("cluster"):
        names = text(cluster, "dimIndex").split(",")
        assert len(names) == int(text(cluster, "dim"))
        for channel, name in enumerate(names):
            assert constants[name] == channel
            yield from registers(cluster, begin + channel * int(text(cluster, "dimIncrement"), 0))


expected = set()
for device in platform["devices"]:
    base = int(device["base"], 0)
    own = interface["registers"] if device["name"] == "ACCELERATOR" else device["registers"]
    for register in own:
        offset = int(register["offset"], 0)
        is_channel = device["name"] == "DMA" and offset < constants["CHANNEL_STRIDE"]
        for channel in range(constants["CHANNELS"] if is_channel else 1):
            fields = tuple((f["name"], f["lsb"], f["width"]) for f in register.get("fields", []))
            expected.add((base + offset + channel * constants["CHANNEL_STRIDE"], register["name"], register["access"],
                          register["meaning"], fields))

found = []
for peripheral in root.find("peripherals"):
    base = int(text(peripheral, "baseAddress"), 0)
    size = int(text(peripheral.find("addressBlock"), "size"), 0)
    for address, *rest, fields in registers(peripheral.find("registers"), base):
        assert base <= address and address + 4 <= base + size, rest
        assert all(lsb + width <= 32 for _, lsb, width in fields), rest
        found.append((address, *rest, tuple(fields)))
assert len({entry[0] for entry in found}) == len(found), "two registers at one address"
assert set(found) == expected, set(found) ^ expected
interrupts = {text(i, "name"): int(text(i, "value")) for i in root.iter("interrupt")}
assert interrupts == {entry["name"]: entry["value"] for entry in platform["interrupts"]}
print(f"{len(found)} registers, as the contract has them")
