"""Java and Kotlin methods: as stack traces and Android's runtime name them.

    void org.example.Foo.<init>(int, java.lang.String)       org.example.Foo.<init>
    java.base@17.0.1/java.lang.Thread.run(Thread.java:833)   java.lang.Thread.run
    org.example.Foo$$Lambda$14/0x0000000800066840.run        org.example.Foo$$Lambda.run
    org.example.Foo.lambda$run$0                             org.example.Foo.lambda$run
    jdk.proxy1.$Proxy12.call                                 jdk.proxy1.$Proxy.call
    org.example.Test.plays on(Test.kt:5)                     org.example.Test.plays on
    org.example.FooKt$bar$1.invokeSuspend                    as it is: a class without a name

Numbers and addresses of lambdas depend on what comes before them in the class, or on the run.
"""

import re

_LOOKS = re.compile(
    r"\.(?:java|kt|scala|groovy):[0-9]+\)|\((?:Native Method|Unknown Source)|\.<(?:cl)?init>"
    r"|\$Proxy[0-9]|\$\$Lambda|\$\$ExternalSynthetic|[.$]lambda[$-]"
    r"|^(?:void|boolean|byte|char|short|int|long|float|double|[\w$]+(?:\.[\w$]+)+)(?:\[\])*"
    r" [\w$]+(?:\.[\w$]+)+(?:\(|$)"
)
_MODULE = re.compile(r"^(?:at )?(?:[\w.@+-]*/){1,3}")
# Kotlin's names of methods may have spaces, so what is a type is told by the path that follows.
_TYPE = re.compile(r"(?:[^\s(]+ ){1,6}(?=[^\s.]+\.\S)")
_LAMBDA = re.compile(
    r"(\$\$Lambda)(?:\$[0-9]+)?(?:/(?:0x)?[0-9a-f]+)?(?![\w$])"
    r"|(\$\$ExternalSynthetic[A-Za-z]+)[0-9]+(?![\w$])"
    r"|(\$lambda)[$-][0-9]+(?=\$lambda)"
    r"|([.$]lambda\$[\w$]{0,200}?)\$[0-9]+(?![\w$])"
    r"|(\$lambda)(?:[$-][0-9]+)+(?![\w$])"
    r"|((?:\$Proxy|\.Generated[A-Za-z]{1,40}Accessor))[0-9]+(?=\.)"
)


def looks_like(name: str) -> bool:
    """Tell whether a name has what only names of the Java runtime have."""
    return "::" not in name and _LOOKS.search(name) is not None


def normalize(name: str) -> str:
    """Return a method's class and name, without types, file, and numbers of lambdas."""
    name = _MODULE.sub("", name).partition("(")[0].rstrip().removesuffix(" [DEDUPED]")
    return without_numbers(_TYPE.sub("", name, count=1) if _TYPE.match(name) else name)


def without_numbers(name: str) -> str:
    """Return a name without numbers and addresses of lambdas and of classes made at run time."""
    return _LAMBDA.sub(_kept, name)


def _kept(match: re.Match[str]) -> str:
    return "".join(match.groups(default=""))
