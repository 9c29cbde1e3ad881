# What the build context holds, and nothing else.
FROM python:3.13-slim-bookworm
COPY . /context
