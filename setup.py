"""Installs Socorro: the services, the package they share, the SQL and the pages."""

from setuptools import find_packages, setup

SERVICES = ["collector", "crashmover", "cron", "middleware", "monitor", "processor", "webapp"]

setup(
    name="socorro",
    version="0.1.0",
    description="Collects, processes and explains crashes of desktop software",
    license="MPL-2.0",
    python_requires=">=3.11",
    packages=find_packages(
        include=[name for top in (*SERVICES, "cli", "socorro", "sql") for name in (top, f"{top}.*")]
    ),
    package_data={
        "": [
            "*.sql",
            "*.txt",
            "*.yaml",
            "*.toml",
            "*.conf",
            "*.xml",
            "*.html",
            "*.css",
            "*.js",
            "*.svg",
            "*.java",
            "version.json",
        ],
    },
    include_package_data=True,
    install_requires=[
        "Django>=5.2,<5.3",
        "PyJWT",
        "PyYAML",
        "click",
        "duckdb",
        "elasticsearch>=8,<9",
        "happybase",
        "mozilla-django-oidc>=5,<6",
        "multipart>=2.0",
        "numpy>=2",
        "orjson",
        "pika>=1.3",
        "prometheus-client",
        "psycopg2-binary",
        "pydantic-settings",
        "pymemcache",
        "python-crontab",
        "requests",
        "rich",
        "scipy",
        "structlog",
        "supervisor",
        "thriftpy2",
        "urllib3",
        "httptools",
        "web.py",
        "whitenoise",
        "yoyo-migrations",
    ],
    entry_points={"console_scripts": ["socorro = cli.main:main"]},
)
