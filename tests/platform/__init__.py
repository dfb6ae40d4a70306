# noqa: A005 - these tests mirror biaobao.platform
