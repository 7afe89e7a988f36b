# What may differ between two runs of one program on one capture: the machine and the release.
s/\("observer":{[^}]*"hostname":"\)[^"]*/\1HOST/
s/\("observer":{[^}]*"version":"\)[^"]*/\1VERSION/
