"""The server: the public's pages, the desks, the API.  Thin: it reads requests, calls casework, writes answers.

Configuration comes from the environment only (`greenrule.web.settings`), so that every worker process and every management
command sees the same.
"""
